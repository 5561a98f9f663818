document.body.dataset.state = 'empty';
